/**
 * The one-to-one assignment of rows to columns with the largest total worth, by shortest augmenting paths
 * (R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
 * Computing 38, 1987). Cost O(rows² · columns).
 * @param worth [rows, columns], row-major, rows ≤ columns
 * @returns the column of each row
 * @throws RangeError when there are more rows than columns
 */
export function bestAssignment(worth: ArrayLike<number>, rows: number, columns: number): number[] {
  if (rows > columns) throw new RangeError(`${rows} rows cannot have a column each of ${columns}`);
  // Places are counted from 1; column 0 stands for the row that is being placed.
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const nearest = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const from = new Int32Array(columns + 1);
    const done = new Uint8Array(columns + 1);
    let column = 0;
    while (rowOf[column] !== 0) {
      done[column] = 1;
      const current = rowOf[column]!;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (done[j]) continue;
        const reduced = -worth[(current - 1) * columns + j - 1]! - rowPrice[current]! - columnPrice[j]!;
        if (reduced < nearest[j]!) {
          nearest[j] = reduced;
          from[j] = column;
        }
        if (nearest[j]! < step) {
          step = nearest[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (done[j]) {
          rowPrice[rowOf[j]!]! += step;
          columnPrice[j]! -= step;
        } else nearest[j]! -= step;
      }
      column = next;
    }
    while (column !== 0) {
      rowOf[column] = rowOf[from[column]!]!;
      column = from[column]!;
    }
  }
  const chosen = new Array<number>(rows).fill(-1);
  for (let j = 1; j <= columns; j++) if (rowOf[j]! > 0) chosen[rowOf[j]! - 1] = j - 1;
  return chosen;
}
