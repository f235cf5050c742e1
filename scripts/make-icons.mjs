// `npm run icons`: renders build/icon.svg, and the page's simpler icon for the smallest sizes, into the icons of each
// platform: build/icons/*.png (Linux), build/icon.ico (Windows), build/icon.icns (macOS). The results are committed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { projectDir } from './ensure-packages.mjs';
import { ensurePrograms } from './ensure-programs.mjs';

const build = (...parts) => join(projectDir, 'build', ...parts);
const detailed = readFileSync(build('icon.svg'), 'utf8');
const simple = readFileSync(join(projectDir, 'src-renderer', 'public', 'icon.svg'), 'utf8');
/** Linux and Windows icons fill their square; macOS wants the margin that the drawing has. */
const filled = detailed.replace('viewBox="0 0 1024 1024"', 'viewBox="84 84 856 856"');

const SMALL_PX = 32;
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512];
const windowsSizes = [16, 24, 32, 48, 64, 128, 256];
/** The types of PNG entries in an icns file, by their size in pixels. */
const macTypes = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
  ['ic11', 32],
  ['ic12', 64],
  ['ic13', 256],
  ['ic14', 512],
];

const browser = await chromium.launch({
  executablePath: ensurePrograms(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const page = await browser.newPage();
mkdirSync(build('icons'), { recursive: true });
const square = {};
for (const size of [...new Set([...linuxSizes, ...windowsSizes])]) {
  square[size] = await render(size <= SMALL_PX ? simple : filled, size);
}
for (const size of linuxSizes) writeFileSync(build('icons', `${size}x${size}.png`), square[size]);
writeFileSync(build('icon.ico'), ico(windowsSizes.map((size) => [size, square[size]])));
const macEntries = [];
for (const [type, size] of macTypes) macEntries.push([type, await render(size <= SMALL_PX ? simple : detailed, size)]);
writeFileSync(build('icon.icns'), icns(macEntries));
await browser.close();

async function render(svg, size) {
  await page.setViewportSize({ width: size, height: size });
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await page.setContent(
    `<style>html,body{margin:0;background:transparent}img{display:block;width:${size}px;height:${size}px}</style>
     <img src="${source}">`,
  );
  return page.screenshot({ omitBackground: true });
}

/** Windows' icon file: a header, an entry of 16 bytes for each picture, the PNGs. */
function ico(pictures) {
  const header = Buffer.alloc(6 + 16 * pictures.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  for (const [index, [size, png]] of pictures.entries()) {
    const at = 6 + 16 * index;
    // A byte; 0 stands for 256.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...pictures.map(([, png]) => png)]);
}

/** Apple's icon file: `icns`, the length of all, then type, length and PNG for each picture, big-endian. */
function icns(pictures) {
  const chunks = pictures.map(([type, png]) => chunk(type, png));
  return chunk('icns', Buffer.concat(chunks));
}

function chunk(type, data) {
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(8 + data.length, 4);
  return Buffer.concat([head, data]);
}
