/** The worked and the faded example of a page, with the numbers of their runs. */
import { WORKED } from '../../data/worked/index.ts';
import type { WorkedIs } from '../../data/worked/types.ts';
import { type FadedData, fadedOf } from '../../truth/faded.ts';
import { type LifeData, LifeError, lifeOf } from '../../truth/life.ts';
import { PageError, resolve, runOf } from './book.ts';

/** Of the page `id`, the life that is told. */
export const worked = (id: string): LifeData =>
  fitting(id, ({ worked }) => lifeOf(resolve(worked), runOf(worked.line)));

/** Of the page `id`, the life to be completed. */
export const faded = (id: string): FadedData =>
  fitting(id, ({ faded }) => resolve(fadedOf(faded, runOf(faded.line))));

function fitting<T>(id: string, tell: (of: WorkedIs) => T): T {
  const found = WORKED[id];
  if (!found) throw new PageError(`there is no worked example for "${id}" in src/data/worked/`);
  try {
    return tell(found);
  } catch (error) {
    if (error instanceof LifeError) throw new PageError(`src/data/worked/${id}.ts: ${error.message}`);
    throw error;
  }
}
