/**
 * Bundles the agent into one file of plain JavaScript, pi-agent/dist/led-agent.cjs, for Node 18 and newer. The same
 * sources give the same bytes, whoever builds them.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');

/** onoff with the native `epoll` replaced, and with a sysfs folder that tests can move. */
const onoffWithoutAddOn = {
  name: 'onoff-without-add-on',
  setup(builder) {
    builder.onResolve({ filter: /^epoll$/ }, () => ({ path: join(here, 'src/drivers/epoll-stand-in.cjs') }));
    builder.onLoad({ filter: /[\\/]onoff[\\/]onoff\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const fixed = "const GPIO_ROOT_PATH = '/sys/class/gpio/';";
      if (!source.includes(fixed)) throw new Error('onoff has changed: its GPIO_ROOT_PATH is not where it was.');
      return {
        contents: source.replace(fixed, "const GPIO_ROOT_PATH = globalThis.ledAgentGpioRoot || '/sys/class/gpio/';"),
        loader: 'js',
      };
    });
  },
};

/** Bundles and returns the file's text. Raises when it holds a carriage return or an add-on. */
export async function bundleAgent() {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const result = await build({
    entryPoints: [join(here, 'src/main.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    legalComments: 'none',
    define: { AGENT_VERSION: JSON.stringify(version) },
    plugins: [onoffWithoutAddOn],
    banner: { js: `#!/usr/bin/env node\n// Pi Workbench LED agent ${version}` },
    footer: { js: await licences(['onoff', 'lodash.debounce']) },
    write: false,
    logLevel: 'warning',
  });
  const text = result.outputFiles[0].text;
  assertPlain(text);
  return text;
}

/** The licence texts of what is bundled, as comments. */
async function licences(packages) {
  const texts = await Promise.all(
    packages.map(async (name) => {
      const text = await readFile(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
      return `${name}:\n${text.replace(/\r\n?/g, '\n').trim()}`;
    }),
  );
  return `/* Bundled packages and their licences\n\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/`;
}

/** A carriage return breaks scripts on the Pi, and an add-on would need the Pi's own build. */
export function assertPlain(text) {
  if (text.includes('\r'))
    throw new Error('The bundle holds a carriage return: check out the sources with LF line ends.');
  if (/require\("[^"]*\.node"\)|process\.binding|node-gyp-build|bindings\(/.test(text)) {
    throw new Error('The bundle holds a native add-on.');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await bundleAgent();
  const file = join(here, 'dist/led-agent.cjs');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  const digest = createHash('sha256').update(text).digest('hex');
  console.log(`pi-agent/dist/led-agent.cjs: ${(text.length / 1024).toFixed(1)} kB, SHA-256 ${digest}`);
}
