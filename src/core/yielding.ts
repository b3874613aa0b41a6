/** A long computation that yields between its parts, so that others may have a turn. */
export type Yielding<T> = Generator<undefined, T>;

/** The result of a computation, without giving others a turn. */
export function atOnce<T>(computation: Yielding<T>): T {
  let part = computation.next();
  while (!part.done) part = computation.next();
  return part.value;
}
