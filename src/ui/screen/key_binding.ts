/** A key of a screen, in every place where keys are acted on, hinted at, explained or listed; its act makes an `S` of a model. */
export interface KeyBinding<M, S> {
  readonly id: string;
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  /** How the screen writes them. */
  readonly shown: string;
  /** Those of them that lead somewhere now, for the hint line, where that changes. */
  shownNow?(model: M): string;
  /** A word or two for the hint line. */
  readonly label: string;
  /** The word for what it would do now, where that changes. */
  labelNow?(model: M): string;
  readonly help: string;
  /** Hinted at even where room is scarce; always where it leads to all others, or out. */
  readonly essential?: boolean | 'always';
  /** Whether it is left out of the hint line, which is short. */
  readonly unhinted?: boolean | ((model: M) => boolean);
  /** True, or why it cannot act now: always unless said. */
  enabled?(model: M): true | string;
  act(model: M, key: string): S;
}

/** Why a key cannot act now, as the status line says it; undefined where it can. */
export function refusalOf<M>(binding: KeyBinding<M, unknown>, model: M): string | undefined {
  const enabled = binding.enabled?.(model) ?? true;
  return enabled === true ? undefined : `${binding.shown} ${binding.label}: ${enabled}`;
}
