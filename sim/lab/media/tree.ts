/** The directory tree that a list of paths means, in the order in which the paths name it. */
import type { Issue } from '../../core/errors.ts';
import { UserError } from '../../core/errors.ts';
import type { ImageFile } from './content.ts';

/** A directory of the image. */
export interface Folder {
  readonly name: string;
  readonly folders: Folder[];
  readonly files: { readonly name: string; readonly file: ImageFile }[];
}

/** The mistake in an image's description, as an exception. */
export const imageMistake = (path: string, kind: string, message: string, hint: string): UserError =>
  new UserError([{ path, kind, message, hint }]);

/**
 * The tree of `files`.
 * @param wrongName says why a file system does not take a name, '' when it does
 * @param plain the form of a name in which two names of a directory may not be equal
 * @throws UserError with every bad path at once.
 */
export function treeOf(
  files: readonly ImageFile[],
  wrongName: (name: string) => string,
  plain: (name: string) => string,
): Folder {
  const root: Folder = { name: '', folders: [], files: [] };
  const issues: Issue[] = [];
  for (const file of files) {
    const wrong = place(root, file, wrongName, plain);
    if (wrong !== '')
      issues.push({ path: file.path, kind: 'bad-path', message: wrong, hint: 'Choose another path.' });
  }
  if (issues.length > 0) throw new UserError(issues);
  return root;
}

function place(
  root: Folder,
  file: ImageFile,
  wrongName: (name: string) => string,
  plain: (name: string) => string,
): string {
  const names = file.path.split('/').filter((name) => name !== '');
  const name = names.pop();
  if (name === undefined) return 'The path names no file.';
  const wrong = [...names, name].map(wrongName).find((message) => message !== '');
  if (wrong !== undefined) return wrong;
  let here = root;
  for (const step of names) {
    if (here.files.some((other) => plain(other.name) === plain(step))) return `${step} is a file already.`;
    let next = here.folders.find((folder) => plain(folder.name) === plain(step));
    if (next === undefined) {
      next = { name: step, folders: [], files: [] };
      here.folders.push(next);
    }
    here = next;
  }
  const taken = [...here.folders, ...here.files].some((other) => plain(other.name) === plain(name));
  if (taken) return `There are two of ${name} in its directory.`;
  here.files.push({ name, file });
  return '';
}
