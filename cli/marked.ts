/** Generated parts of pages that people write. */

/** The page with the text put between the marks of this name, or at its end when it has none. */
export function withMarked(page: string, name: string, text: string): string {
  const [beginMark, endMark] = [`<!-- begin: ${name} -->`, `<!-- end: ${name} -->`];
  const marked = `${beginMark}\n${text}${endMark}\n`;
  const [begin, end] = [page.indexOf(beginMark), page.indexOf(endMark)];
  if (begin < 0 || end < begin) return page === '' ? marked : `${page.trimEnd()}\n\n${marked}`;
  return page.slice(0, begin) + marked + page.slice(end + endMark.length).replace(/^\n/u, '');
}
