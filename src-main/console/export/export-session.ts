import type { SessionOptions } from '../session/index.ts';
import type { TranscriptSource } from '../transcript/index.ts';
import type { ExportFormat } from './formats.ts';
import { jsonLinesExport } from './json-lines.ts';
import { pcapngExport } from './pcapng-export.ts';
import { rawExport } from './raw-export.ts';
import { textExport } from './text-export.ts';

/** What is exported. */
export interface Exported {
  readonly title: string;
  readonly options: SessionOptions;
  readonly createdAt: number;
  readonly source: TranscriptSource;
}

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  text: 'txt',
  'json-lines': 'jsonl',
  'raw-sent': 'sent.bin',
  'raw-received': 'received.bin',
  pcapng: 'pcapng',
};

/** The parts of an export, of everything written so far. `connection` narrows raw exports to one. */
export function exportParts(
  session: Exported,
  format: ExportFormat,
  connection: number | null,
  signal: AbortSignal,
): AsyncIterable<Uint8Array | string> {
  const { source, options } = session;
  const end = source.written;
  switch (format) {
    case 'text':
      return textExport(source, end, signal);
    case 'json-lines': {
      const { title, createdAt } = session;
      return jsonLinesExport({ title, options, createdAt }, source, end, signal);
    }
    case 'raw-sent':
    case 'raw-received': {
      const direction = format === 'raw-sent' ? 'sent' : 'received';
      return rawExport(source, end, { direction, connection }, signal);
    }
    case 'pcapng': {
      const transport = options.kind.startsWith('udp') ? 'udp' : 'tcp';
      const fallback = { address: options.host, port: options.port };
      return pcapngExport(source, end, { transport, fallback, application: 'Pi Workbench' }, signal);
    }
  }
}

/** A file name made of a session's title and start, such as `raspberrypi-1234-20260131-1405.jsonl`. */
export function suggestedFileName(title: string, createdAt: number, format: ExportFormat): string {
  const name = title.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'session';
  const time = new Date(createdAt).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 13);
  return `${name.slice(0, 60)}-${time}.${EXTENSIONS[format]}`;
}
