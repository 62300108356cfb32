/** A word of the book: what it means, how it is written, and where it is introduced. */
export interface TermIs {
  /** As it stands in the glossary; its address there is made from it. */
  readonly title: string;
  /** One or two plain sentences, with `code`, *stress* and **names** as in Markdown. */
  readonly text: string;
  /**
   * How prose writes it, without the s of the plural; a small first letter stands for a capital one too. The first of them on a concept
   * page carries the definition. None where the word has other meanings: then the page says `<Term of="id">`.
   */
  readonly words: readonly string[];
  /** The concept page that introduces it. Without one no concept page may use it. */
  readonly page?: string;
}
