import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { commandLine } from '../../core/own_command.ts';
import { models } from '../../models/registry.ts';
import { tasks } from '../../tasks/registry.ts';
import { print } from '../output/output.ts';
import { modelTemplate } from './model_template.ts';
import { taskTemplate } from './task_template.ts';
import { tokenTemplate } from './token_template.ts';

const kinds = {
  task: { known: tasks, template: taskTemplate },
  model: { known: models, template: modelTemplate },
} as const;

interface NewPlugin {
  readonly kind: string;
  readonly name: string;
  /** Of a task: of tokens rather than functions. */
  readonly tokens: boolean;
}

/** Writes a working plugin into the working folder, to be changed. @throws UserError for a name that cannot be one or is taken */
export async function newPlugin({ kind, name, tokens }: NewPlugin): Promise<void> {
  if (!Object.hasOwn(kinds, kind))
    throw new UserError({ what: `no kind of plugin "${kind}"`, expected: 'task or model' });
  if (tokens && kind !== 'task')
    throw new UserError({ where: '--tokens', what: `a ${kind} has none`, fix: 'plugin new task NAME --tokens' });
  const { known } = kinds[kind as keyof typeof kinds];
  const template = tokens ? tokenTemplate : kinds[kind as keyof typeof kinds].template;
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    throw new UserError({ what: `"${name}" cannot be the name of a ${kind}`, expected: 'a name in snake_case' });
  }
  if (known.has(name)) throw new UserError({ what: `the ${kind} ${name} exists already`, fix: 'choose another name' });
  const files = Object.entries(template(name, commandLine())).map(
    ([ending, text]) => [`${name}${ending}`, text] as const,
  );
  const taken = files.find(([file]) => existsSync(file));
  if (taken) throw new UserError({ where: taken[0], what: 'exists already', fix: 'choose another name' });
  for (const [file, text] of files) await writeFileAtomic(resolve(file), text, { readers: 'shared' });
  print(
    ...files.map(([file]) => `wrote ${file}`),
    `train  ${commandLine('train', `${name}.json`, '--plugin', `${name}.mjs`)}`,
    `test   node --test ${name}.test.mjs`,
  );
}
