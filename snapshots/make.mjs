// Makes the sample runs in this folder anew from the built program: npm run samples.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const incline = (...words) =>
  execFileSync(process.execPath, ['dist/main.js', ...words], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });

/** Trains a run under a name, after removing the one there was. */
function train(name, ...words) {
  rmSync(`${root}/snapshots/${name}`, { recursive: true, force: true });
  // wasm gives the same bytes on every machine: `snapshots verify --rerun` computes them again.
  const fixed = ['snapshot.occasions=false', 'device=wasm'].flatMap((one) => ['--set', one]);
  const settings = [...fixed, '--dir', 'snapshots'];
  incline('train', ...words, '--headless', '--name', name, ...settings);
  process.stdout.write(`snapshots/${name}\n`);
}

/** Keeps what a run measures when more and more of its neurons are pruned, where a comparison finds it. */
function pruningCurve(name, step) {
  const file = `snapshots/${name}/step-${String(step).padStart(8, '0')}.safetensors`;
  const curve = incline('prune', file, '--curve', '0:0.6:0.1', '--order', 'smallest', '--json');
  writeFileSync(`${root}/snapshots/${name}/prune.json`, curve);
  return file;
}

for (const heads of [4, 8, 16]) {
  // A pace leaves time for a picture of every step that one would want to see.
  const settings = [`model.heads=${heads}`, 'train.pace=50', 'snapshot.every=300'].flatMap((one) => ['--set', one]);
  train(`yang-${heads}-heads`, 'yang-quick', '--steps', '600', ...settings);
}
train('li', 'li-quick', '--set', 'snapshot.every=200');
const whole = pruningCurve('li', 400);
const smaller = 'snapshots/li/smaller.safetensors';
incline('prune', whole, '--fraction', '0.4', '--compact', smaller);
train('li-pruned', '--resume', smaller, '--steps', '420');
pruningCurve('li-pruned', 420);
