/** The version of the library, carried by every run. A test keeps it equal to `package.json`. */
export const VERSION = '0.1.0';
