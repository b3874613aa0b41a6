import { command, type Group, many, required } from '../parser/command.ts';

export const completionCommand = command({
  name: 'completion',
  describe: 'Print a script with which bash, zsh or fish completes names and settings',
  arguments: { shell: required('bash, zsh or fish') },
  epilogue: [
    'bash, in ~/.bashrc: eval "$(incline completion bash)"',
    'zsh, in ~/.zshrc: eval "$(incline completion zsh)"',
    'fish: incline completion fish > ~/.config/fish/completions/incline.fish',
  ].join('; '),
  run: async ({ shell }) => (await import('../completion/print.ts')).printScript(shell),
});

/** What such a script asks. Not for people. */
export const completeCommand = (program: () => Group) =>
  command({
    name: 'complete',
    arguments: { words: many() },
    run: async ({ words }) => (await import('../completion/print.ts')).printCandidates(words, program()),
  });
