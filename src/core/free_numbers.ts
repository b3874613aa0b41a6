/** What is sent to a port that is closed is gone. */
const nowhere = (() => {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
})();

/** Arrays of fewer bytes cost less to collect than to send. */
const worthIt = 2 ** 16;

/**
 * Gives the memory of an array back at once; nobody may use it any more. Left to the garbage collector, the parameters and
 * prompts that every step of training makes anew have it go through the whole heap some times a second: a third of all work.
 */
export function freeNumbers({ buffer }: Float32Array | Float64Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= worthIt) nowhere.postMessage(undefined, [buffer]);
}
