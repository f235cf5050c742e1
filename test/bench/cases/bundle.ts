import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BenchCase } from '../bench-case.ts';
import { figure } from '../measure.ts';
import { projectDir } from '../programs.ts';

export const bundle: BenchCase = {
  name: 'bundle',
  title: 'Size of the page',
  about:
    'What the page loads before it can be seen: the document, the scripts and styles it names, and what those import at once. Views and plots are loaded when they are opened.',
  async run() {
    const folder = join(projectDir, 'out/renderer');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const seen = new Set<string>();
    for (const [, path = ''] of html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.(?:js|css))"/g)) {
      await follow(folder, path, seen);
    }
    let plain = html.length;
    let zipped = gzipSync(html, { level: 9 }).length;
    for (const path of seen) {
      const bytes = await readFile(join(folder, path));
      plain += bytes.length;
      zipped += gzipSync(bytes, { level: 9 }).length;
    }
    const assets = await readdir(join(folder, 'assets'));
    const sizes = await Promise.all(assets.map(async (name) => (await stat(join(folder, 'assets', name))).size));
    return {
      figures: [
        figure('first paint, gzipped', 'kB', zipped / 1000),
        figure('first paint, as it is', 'kB', plain / 1000),
        figure('all scripts, styles and fonts', 'kB', sizes.reduce((sum, size) => sum + size, 0) / 1000),
      ],
    };
  },
};

/** A file and what it imports at once; `import(...)` is what is loaded later. */
async function follow(folder: string, path: string, seen: Set<string>): Promise<void> {
  if (seen.has(path)) return;
  seen.add(path);
  if (!path.endsWith('.js')) return;
  const text = await readFile(join(folder, path), 'utf8');
  for (const [, name = ''] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    if (existsSync(join(folder, 'assets', name))) await follow(folder, `assets/${name}`, seen);
  }
}
