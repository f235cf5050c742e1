export { describeDetail } from './describe-entry.ts';
export { wholeEntries } from './entry-stream.ts';
export { exportParts, suggestedFileName, type Exported } from './export-session.ts';
export { EXPORT_FORMATS, type ExportFormat } from './formats.ts';
export { importJsonLine, notATranscript, parseJsonLinesHeader, type JsonLinesHeader } from './json-lines.ts';
export { writeExport, type WriteExportOptions } from './write-export.ts';
