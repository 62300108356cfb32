/** Files that the plugin writes when the site is built. */
declare module '@generated/ringside-truth/default/home.json' {
  const runs: readonly import('../plugins/truth/home.ts').HomePair[];
  export default runs;
}

declare module '@generated/ringside-truth/default/gallery.json' {
  const cards: readonly import('../plugins/truth/gallery.ts').Card[];
  export default cards;
}

declare module '@generated/ringside-truth/default/examples.json' {
  const examples: import('../plugins/truth/examples.ts').Examples;
  export default examples;
}

declare module '@generated/ringside-truth/default/path.json' {
  const steps: readonly import('../plugins/truth/path.ts').Step[];
  export default steps;
}

declare module '@generated/ringside-truth/default/snippets.json' {
  const groups: readonly import('../plugins/truth/snippets.ts').SnippetGroup[];
  export default groups;
}
