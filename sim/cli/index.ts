/** The command `ringside`: the experiments of the book on a terminal. */
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2), { out: process.stdout, err: process.stderr });
