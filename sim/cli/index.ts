/** The command `ringside`: the experiments of the book on a terminal. */
import { EXIT } from './exit-codes.ts';
import { main } from './main.ts';
import { reason } from './output.ts';

// `ringside … | head`: whoever read the output has seen enough, and that is no mistake.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`the output cannot be written: ${reason(error)}\n`);
  process.exit(EXIT.file);
});

process.exitCode = await main(process.argv.slice(2), { out: process.stdout, err: process.stderr });
