import { version } from '../../core/package_files.ts';
import { bytesOf, ProtobufWriter } from '../../core/protobuf.ts';

/** Version of the standard operators that the lowering is written against, and the file format that came with it. */
export const operatorSet = 18;
const formatVersion = 8;

/** TensorProto.DataType in onnx.proto. */
const elementTypes = { float32: 1, int64: 7 } as const;
/** AttributeProto.AttributeType in onnx.proto. */
const attributeTypes = { float: 1, integer: 2, integers: 7 } as const;

export type OnnxAttribute =
  | { readonly float: number }
  | { readonly integer: number }
  | { readonly integers: readonly number[] };

/** Of one axis: a number, or a name where it is only known when the model runs. */
type Length = number | string;

/**
 * Writes an ONNX model: float32 values in standard operators. Field numbers are those of onnx.proto.
 * Values are known by name; a node is named after its first output, which is what the runtime's errors quote.
 */
export class ModelBuilder {
  readonly #graph = new ProtobufWriter();
  readonly #nodes: { inputs: readonly string[]; outputs: readonly string[]; message: ProtobufWriter }[] = [];
  readonly #outputs: string[] = [];
  /** Type, shape and bytes of an initializer → its name. */
  readonly #initializers = new Map<string, string>();
  #temporaries = 0;
  #part = '';

  input(name: string, shape: readonly Length[]): void {
    this.#graph.bytes(11, valueInfo(name, shape));
  }

  output(name: string, shape: readonly Length[]): void {
    this.#outputs.push(name);
    this.#graph.bytes(12, valueInfo(name, shape));
  }

  /** From here on values without a name of their own are named after this one, which they are made for. */
  begin(name: string): void {
    this.#part = `${name}.`;
  }

  /** Appends a node whose value gets the name `output`; returns that name. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output: string | readonly string[] = this.#temporary(),
  ): string {
    const outputs = typeof output === 'string' ? [output] : output;
    const message = new ProtobufWriter();
    for (const input of inputs) message.bytes(1, input);
    for (const name of outputs) message.bytes(2, name);
    message.bytes(3, outputs[0]!).bytes(4, type);
    for (const [name, value] of Object.entries(attributes)) message.bytes(5, attributeMessage(name, value));
    this.#nodes.push({ inputs, outputs, message });
    return outputs[0]!;
  }

  /** Name of a float32 constant; equal ones are stored once, unless they have a name of their own. */
  floats(shape: readonly number[], values: ArrayLike<number>, name?: string): string {
    return this.#initializer('float32', shape, bytesOf(Float32Array.from(values)), name);
  }

  /** Name of an int64 vector; equal ones are stored once. */
  integers(values: readonly number[]): string {
    return this.#initializer('int64', [values.length], bytesOf(BigInt64Array.from(values, BigInt)));
  }

  /** The model's bytes, without nodes that no output needs, which the runtime would run; to be called once, last. */
  finish(facts: Readonly<Record<string, string>> = {}): Uint8Array {
    const needed = new Set(this.#outputs);
    const kept = this.#nodes.toReversed().filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of inputs) needed.add(name);
      return isNeeded;
    });
    for (const { message } of kept.toReversed()) this.#graph.bytes(1, message);
    const operators = new ProtobufWriter().bytes(1, '').integer(2, operatorSet);
    const graph = this.#graph.bytes(2, 'graph');
    const model = new ProtobufWriter().integer(1, formatVersion).bytes(2, 'incline').bytes(3, version).bytes(7, graph);
    model.bytes(8, operators);
    for (const [key, value] of Object.entries(facts)) {
      model.bytes(14, new ProtobufWriter().bytes(1, key).bytes(2, value));
    }
    return model.finish();
  }

  #temporary(): string {
    return `${this.#part}temporary_${this.#temporaries++}`;
  }

  #initializer(type: keyof typeof elementTypes, shape: readonly number[], bytes: Uint8Array, own?: string): string {
    const key = own ?? `${type} ${shape} ${Buffer.from(bytes).toString('latin1')}`;
    const known = this.#initializers.get(key);
    if (known !== undefined) return known;
    const name = own ?? `constant_${this.#initializers.size}`;
    this.#initializers.set(key, name);
    const tensor = new ProtobufWriter();
    for (const length of shape) tensor.integer(1, length);
    this.#graph.bytes(5, tensor.integer(2, elementTypes[type]).bytes(8, name).bytes(9, bytes));
    return name;
  }
}

function attributeMessage(name: string, value: OnnxAttribute): ProtobufWriter {
  const message = new ProtobufWriter().bytes(1, name);
  if ('float' in value) return message.float(2, value.float).integer(20, attributeTypes.float);
  if ('integer' in value) return message.integer(3, value.integer).integer(20, attributeTypes.integer);
  for (const entry of value.integers) message.integer(8, entry);
  return message.integer(20, attributeTypes.integers);
}

function valueInfo(name: string, shape: readonly Length[]): ProtobufWriter {
  const axes = new ProtobufWriter();
  for (const length of shape) {
    const axis = new ProtobufWriter();
    axes.bytes(1, typeof length === 'number' ? axis.integer(1, length) : axis.bytes(2, length));
  }
  const tensor = new ProtobufWriter().integer(1, elementTypes.float32).bytes(2, axes);
  return new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, tensor));
}
