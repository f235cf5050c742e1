import type { WindowRow } from '../../../../src-main/api/contract/console.ts';
import { hexText, plainText, pythonLiteral, visibleText } from '../../../../src-main/api/payload.ts';
import { client } from '../../../state/client.svelte.ts';
import { copyText, toast } from '../../../ui/index.ts';
import { MOST_ROW_BYTES } from '../../../../src-main/api/contract/console.ts';
import type { SessionPage } from '../session-page.svelte.ts';
import { detailText } from '../session-words.ts';
import { viewOf } from '../row-window.svelte.ts';

export const COPY_FORMATS = ['text', 'hex', 'python'] as const;
export type CopyFormat = (typeof COPY_FORMATS)[number];

const NAMES: Readonly<Record<CopyFormat, string>> = { text: 'text', hex: 'hex', python: 'a Python literal' };

/** The whole row, as far as one question carries. */
export async function wholeRow(page: SessionPage, row: WindowRow): Promise<WindowRow> {
  if (row.bytes.length >= row.length) return row;
  const view = viewOf(page.rows.filter);
  const answer = await client.call('console.window', {
    id: page.id,
    view,
    from: row.row,
    count: 1,
    maxBytes: MOST_ROW_BYTES,
  });
  return answer.rows[0] ?? row;
}

/** Puts a row on the clipboard, and says so, or says what was left out. */
export async function copyRow(page: SessionPage, row: WindowRow, format: CopyFormat): Promise<void> {
  await page.attempt(async () => {
    const whole = await wholeRow(page, row);
    const copied = await copyText(rowText(page, whole, format));
    const cut = whole.bytes.length < whole.length ? ', the first 64 KiB' : '';
    if (copied) toast.good(`Copied as ${NAMES[format]}${cut}`);
    else toast.info('The browser did not allow copying.');
  });
}

function rowText(page: SessionPage, row: WindowRow, format: CopyFormat): string {
  if (row.detail) return detailText(row.detail, row.direction);
  if (format === 'hex') return hexText(row.bytes);
  if (format === 'python') return pythonLiteral(row.bytes);
  return plainText(visibleText(row.bytes, page.look.encoding, row.carry));
}
