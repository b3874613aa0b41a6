/** Of a terminal, or a part of it, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The smallest terminal that screens are drawn for. */
export const smallest: Size = { columns: 60, rows: 18 };

/** What a bordered part of the screen has for its picture: before its right side a cell stays free, lest words touch it. */
export const withinBorder = ({ columns, rows }: Size): Size => ({ columns: columns - 3, rows: rows - 2 });
