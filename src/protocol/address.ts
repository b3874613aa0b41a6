/** Where a part of a model is: layer and head, or layer and neuron; zero-based, shown `L2H3`, `L1N17`. */
export type Address =
  | { readonly layer: number; readonly head: number }
  | { readonly layer: number; readonly neuron: number };

export function formatAddress(address: Address): string {
  return 'head' in address ? `L${address.layer}H${address.head}` : `L${address.layer}N${address.neuron}`;
}

/** The address that `text` names, or undefined. */
export function parseAddress(text: string): Address | undefined {
  const match = /^L(\d{1,6})([HN])(\d{1,6})$/i.exec(text.trim());
  if (!match) return undefined;
  const layer = Number(match[1]);
  const index = Number(match[3]);
  return match[2]!.toUpperCase() === 'H' ? { layer, head: index } : { layer, neuron: index };
}
