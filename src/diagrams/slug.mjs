/** The file name of the diagram of a line: `two-roads?mode=int13&size=512B` gives `two-roads.mode-int13.size-512B`. @param {string} line */
export const slugOf = (line) => line.replace(/[?&]/g, '.').replace(/=/g, '-');
