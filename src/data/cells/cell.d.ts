/** Draws runs, sweeps and series under the cell; a list of objects becomes a table, anything else text. */
declare function show(...what: unknown[]): void;
