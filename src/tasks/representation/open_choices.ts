/** What Yang et al. leave open, by key path, and what is taken instead. */
export const openChoices: Readonly<Record<string, string>> = {
  'task.noise':
    'τ is given for figure 3 only (0.01), and taken for the others too. The noise is on the features: a label y = λᵀ(z + ε) has, given λ, noise of variance τ‖λ‖² (mτ in the mean), and is drawn so, exactly.',
  'task.token_norm':
    'The theory takes tokens of length 1, the experiments as written raw Gaussian ones of length √d. Raw tokens make every head look at one token from the start, so that fewer heads than N stop far above the floor; with unit tokens they do not.',
  'task.training_set':
    'There are 10 000 training prompts, and nothing says whether their noise is drawn once. fixed draws prompts and noise once and reshuffles them, fresh draws all anew for every update, population is the expected loss itself, without noise of sampling.',
  'task.noisy_targets':
    'The printed L* is smaller by mτ(K − N)/2K, as if the labels to be predicted had no noise; the proof has that noise, and so have we unless this is false.',
  'model.heads':
    'The lists of figures 4 and 5 are not given. Figure 4: counts below N = 30, 30, above and 400; taken 10, 20, 30, 64, 100, 200, 400, in small N/4 to 8N. Figure 5: taken 2, 4, 8, 16, 32, 64, which divide the width.',
  'model.layers':
    'The four-layer model is called a standard transformer, no more. Taken: an encoder with the norm after each addition and no dropout; K tokens, [v; y] in the prompt and [v; 0] for queries; a linear map in, one out at every token, the loss over all K.',
  'model.activation': 'Not given; relu, as in the original transformer.',
  'model.positions': 'Not given; none, as the tokens are distinct.',
  'model.attend': 'Not given; all tokens see each other. With prompts, they see those shown with a label only.',
  'train.learning_rate':
    '1e-4 with Adam in all experiments; where a preset takes more, it is to show the same in less time.',
  'train.steps': 'No number of updates is given, except the 100 seconds of figure 5.',
};
