/** The puzzles of an experiment. */
import type { Schema } from '../../truth/types.ts';

export default function Goals({ schema }: { schema: Schema }) {
  return (
    <ol>
      {schema.goals.map(({ text, hint }) => (
        <li key={text}>
          {text}
          <details>
            <summary>A hint</summary>
            <p>{hint}</p>
          </details>
        </li>
      ))}
    </ol>
  );
}
