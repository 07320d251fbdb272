import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inTemporaryFolder, runProgram } from '../examples/run-program';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => join('docs', path));
const documents = ['README.md', 'CONTRIBUTING.md', ...inDocs.filter((path) => path.endsWith('.md'))];

/** TypeScript in a document, and the snippet that it says it shows: `<!-- docs/snippets/using.ts#load -->` in the line before. */
const quoted = documents.flatMap((document) =>
  [...read(document).matchAll(/(?:<!-- (\S+)#(\S+) -->\n)?```ts\n(.*?)```/gs)].map(([, file, region, text]) => ({
    document,
    file,
    region,
    text,
  })),
);

describe('a document', () => {
  it.each(quoted)('$document shows $file#$region as it is', ({ file, region, text }) => {
    expect(file && regionOf(read(file), region!)).toBe(text);
  });

  it.each(documents)('%s links to files that are there', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => join(document, '..', path!));
    expect(links.filter((path) => !inRepository(path))).toEqual([]);
  });
});

describe('a snippet', () => {
  const programs = new Set(quoted.flatMap(({ file }) => (file?.startsWith('docs/snippets/') ? [file] : [])));
  it.each([...programs])('%s runs', async (program) => {
    expect(await inTemporaryFolder((folder) => runProgram(program, folder))).not.toBe('');
  });

  it('of the README finds what it made when it is run again', async () => {
    await inTemporaryFolder(async (folder) => {
      const first = await runProgram('docs/snippets/readme.ts', folder);
      const second = await runProgram('docs/snippets/readme.ts', folder);
      expect(second.startsWith(first)).toBe(true);
      expect(second.length).toBeGreaterThan(first.length);
    });
  });
});

function regionOf(source: string, name: string): string | undefined {
  return source.match(new RegExp(`// #region ${name}\\n(.*?)// #endregion`, 's'))?.[1];
}

function inRepository(path: string): boolean {
  try {
    return readdirSync(join(root, path, '..')).includes(path.replace(/\/$/, '').split('/').at(-1)!);
  } catch {
    return false;
  }
}
