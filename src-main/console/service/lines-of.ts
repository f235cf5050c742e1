import type { FileHandle } from 'node:fs/promises';

const LINE_FEED = 0x0a;

/**
 * The lines of a UTF-8 file with their numbers, from 1, without what ends them. A line longer than `longest` bytes is null,
 * and is the last one.
 */
export async function* linesOf(
  file: FileHandle,
  longest: number,
): AsyncGenerator<{ readonly number: number; readonly line: string | null }> {
  const rest: Buffer[] = [];
  let length = 0;
  let number = 1;
  const take = (part: Buffer): void => {
    rest.push(part);
    length += part.length;
  };
  const give = () => {
    const line = length > longest ? null : Buffer.concat(rest, length).toString('utf8').replace(/\r$/, '');
    rest.length = 0;
    length = 0;
    return { number: number++, line };
  };
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      yield give();
      from = end + 1;
    }
    take(chunk.subarray(from));
    if (length > longest) break;
  }
  if (length > 0) yield give();
}
