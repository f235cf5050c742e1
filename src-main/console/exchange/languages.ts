/** What an exchange can be shown as. */
export const CODE_LANGUAGES = ['python', 'node', 'shell'] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];
