/** What the name of a metric says: `<family>`, `<family>/<index>`, either after `baseline/<predictor>/`. */
export interface MetricName {
  /** Of a metric of a predictor without training: its name. */
  readonly predictor: string | undefined;
  /** What is measured of it, or of the model. */
  readonly measured: string;
  /** Of one of a family. */
  readonly family: string | undefined;
  readonly index: string | undefined;
}

export function readName(name: string): MetricName {
  const [, predictor, measured = name] = /^baseline\/(\w+)\/(.+)$/.exec(name) ?? [];
  const [, family, index] = /^(\w+)\/(\w+)$/.exec(measured) ?? [];
  return { predictor, measured, family, index };
}

/** Whether it is measured of the model itself. */
export const isOfModel = (name: string): boolean => readName(name).predictor === undefined;

/** Whether it is one of many that differ by a number alone. */
export const isNumbered = (name: string): boolean => /^\d+$/.test(readName(name).index ?? '');
