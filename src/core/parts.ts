/** A long computation that yields between its parts, so that others may have a turn. */
export type InParts<T> = Generator<undefined, T>;

/** The result of a computation, without giving others a turn. */
export function atOnce<T>(computation: InParts<T>): T {
  let part = computation.next();
  while (!part.done) part = computation.next();
  return part.value;
}
