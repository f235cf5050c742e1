/** What a transcript can be written as. */
export const EXPORT_FORMATS = ['text', 'json-lines', 'raw-sent', 'raw-received', 'pcapng'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
