/** Of a terminal, or a part of it, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The smallest terminal that screens are drawn for. */
export const smallest: Size = { columns: 60, rows: 18 };
