import { sizeOf } from '../../core/tensor.ts';
import type { ParameterSpec } from '../../graph/parameters.ts';
import type { Recorder, SymbolicTensor } from '../../graph/symbolic.ts';
import { lengths } from '../../graph/types.ts';
import type { PatternFacts } from '../../protocol/events.ts';
import { type ComputedKind, freezeKinds } from '../../protocol/interventions.ts';
import type { Model, ModelDefinition } from '../contract.ts';
import { activationsOf, magnitudesOf } from './activations.ts';
import type { LayerRecord, StackMasks } from './layer.ts';
import type { LayerSettings } from './mixing.ts';
import { layerHoldings } from './parameters.ts';
import { resizedSettings, type TransformerSizes } from './sizes.ts';

type Weights = Readonly<Record<string, SymbolicTensor>>;
type Prompts = Readonly<Record<string, SymbolicTensor>>;

/** A transformer recorded on prompts. */
export interface TransformerRun {
  /** [prompt, token, model]. */
  readonly embedded: SymbolicTensor;
  readonly records: readonly LayerRecord[];
  readonly layerSettings: LayerSettings;
  /** As of `Forward.predict`. */
  readonly prediction: SymbolicTensor;
  /** Further activations of this kind of transformer. */
  readonly more?: Readonly<Record<string, SymbolicTensor>>;
}

interface Transformer<S extends object> extends Pick<Model, 'initial'> {
  readonly definition: ModelDefinition<S>;
  readonly settings: S;
  readonly sizes: TransformerSizes;
  readonly parameters: readonly ParameterSpec[];
  /** Tokens of a prompt of the probe. */
  readonly probeTokens: number;
  /** What a token may attend to: everything unless said. */
  readonly attends?: Pick<PatternFacts, 'causal' | 'attendable'>;
  /** Whether a state space mixes tokens, which has no patterns that heads could be given. */
  readonly isStateSpace?: boolean;
  /** Patterns that heads of attention can be given, beside the uniform one. */
  readonly given?: readonly Extract<ComputedKind, 'previous' | 'match'>[];
  /** @param wanted `read out` may leave out what predictions do not need */
  run(
    recorder: Recorder,
    weights: Weights,
    masks: StackMasks,
  ): (prompts: Prompts, wanted: 'read out' | 'all') => TransformerRun;
}

/** The model of a transformer's run: what all of them count, hold, resize and show alike. */
export function transformerModel<S extends object>(transformer: Transformer<S>): Model {
  const {
    definition,
    settings,
    sizes,
    parameters,
    probeTokens,
    attends,
    given = [],
    isStateSpace = false,
    initial,
    run,
  } = transformer;
  const { loops, heads, mlpWidth } = sizes;
  return {
    definition,
    parameters,
    facts: {
      layers: sizes.layers * loops,
      ...(loops > 1 && { loops }),
      heads,
      neurons: mlpWidth,
      resizable: true,
      parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(lengths(shape)), 0),
      pattern: { rows: probeTokens, columns: probeTokens, row: 'token', column: 'token', ...attends },
      interventions: [
        ...(isStateSpace ? [] : (['temperature', 'uniform', ...given, 'graft_pattern'] as const)),
        'mean',
        'resample',
        'graft_output',
        ...freezeKinds,
      ],
    },
    initial,
    holdings: (address) => layerHoldings(address, sizes, isStateSpace),
    resized: (parts) => resizedSettings(settings, sizes, parts),
    forward(recorder, weights, masks) {
      const of = (prompts: Prompts, wanted: 'read out' | 'all') => {
        const { donors = [] } = masks;
        const grafts = donors.map(({ parameters: theirs, masks: open, ...strengths }) => ({
          ...strengths,
          records: run(recorder, theirs, open)(prompts, wanted).records,
        }));
        return run(recorder, weights, { ...masks, grafts })(prompts, wanted);
      };
      return {
        predict: (prompts) => of(prompts, 'read out').prediction,
        activations(prompts) {
          const { embedded, records, layerSettings, prediction, more } = of(prompts, 'all');
          return {
            ...activationsOf(records, layerSettings),
            ...magnitudesOf(weights, sizes),
            ...more,
            embedded,
            prediction,
          };
        },
      };
    },
  };
}
