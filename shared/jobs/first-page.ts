import type { Source } from '../engine/ports.ts';

/**
 * The source with a small first page of each stream: its newest changes are committed after one short answer, and the rest
 * follows in pages of the size that is asked for. A page size is no part of a link, so each page may have its own. [graph-facts 1.1]
 */
export function withFirstPage(source: Source, most: number | undefined): Source {
  if (most === undefined) return source;
  const followed = new Set<string>();
  return {
    page: async (at, size) => {
      const first = typeof at !== 'string' || !followed.has(at);
      const page = await source.page(at, first ? Math.min(size, most) : size);
      if (page.next !== null) followed.add(page.next);
      return page;
    },
    get: (path) => source.get(path),
    getMany: (paths) => source.getMany(paths),
    list: (path) => source.list(path),
    media: (path, largest) => source.media(path, largest),
    write: (write) => source.write(write),
  };
}
