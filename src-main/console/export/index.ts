export { describeDetail } from './describe-entry.ts';
export { wholeEntries } from './entry-stream.ts';
export { EXPORT_FORMATS, exportParts, suggestedFileName, type Exported, type ExportFormat } from './export-session.ts';
export { importJsonLine, parseJsonLinesHeader, type JsonLinesHeader } from './json-lines.ts';
export { writeExport, type WriteExportOptions } from './write-export.ts';
