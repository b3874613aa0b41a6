import type { ScreenAction } from './action.ts';
import type { Size } from './size.ts';

/** A screen that says things in one place. */
interface Plain {
  readonly notice: string;
  readonly size: Size;
}

/** What screens without text fields and mouse make of all that is no key. */
export function afterUsual<M extends Plain>(model: M, action: Exclude<ScreenAction, { readonly type: 'key' }>): M {
  switch (action.type) {
    case 'paste':
      return { ...model, notice: 'pasted text is not taken here' };
    case 'said':
      return { ...model, notice: action.text };
    case 'mouse':
      return model;
    case 'resized':
      return { ...model, size: action.size };
  }
}
