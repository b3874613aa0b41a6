import { spawn } from 'node:child_process';
import { ModelBuilder } from './model.ts';
import { type Provider, sessionOptions } from './provider.ts';
import { runtimePath } from './runtime.ts';

/** Longest time that making a device ready may take, in milliseconds. */
const patience = 30_000;

/** A script as text, since a process of its own can be started from no TypeScript file. */
const script = `
const { InferenceSession, Tensor } = require(process.argv[1]);
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
  try {
    const session = await InferenceSession.create(new Uint8Array(Buffer.concat(chunks)), JSON.parse(process.argv[2]));
    const { y } = await session.run({ x: new Tensor('float32', [1, 2, 3], [3]) });
    if (String(y.data) !== '2,4,6') throw new Error('1 + 1, 2 + 2, 3 + 3 came out as ' + y.data);
    process.stdout.write('works');
  } catch (error) {
    process.stdout.write(error.message);
  }
});
`;

/**
 * Adds three numbers on a provider, in a process of its own: drivers that are broken end the process that asks them, and
 * what they and the loaders write would go to the terminal.
 * @returns why the provider does not work here; undefined when it does
 */
export async function tryProvider(provider: Provider): Promise<string | undefined> {
  const model = new ModelBuilder();
  model.input('x', [3]);
  model.node('Add', ['x', 'x'], {}, 'y');
  model.output('y', [3]);
  const options = JSON.stringify(sessionOptions(provider, {}));
  const child = spawn(process.execPath, ['-e', script, runtimePath(), options], {
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  const [written, complaints]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk) => written.push(chunk));
  child.stderr.on('data', (chunk) => complaints.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(model.finish());
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) =>
      resolve(signal ? `the driver ended the process (${signal})` : `the process ended with status ${code}`),
    );
  });
  const answer = Buffer.concat(written).toString().trim();
  if (answer === 'works') return undefined;
  const error = (answer || end).split('\n')[0]!;
  return provider.explain?.(error, Buffer.concat(complaints).toString()) ?? error;
}
