/** Text that Ansible's templating leaves as it is. */
export function jinjaText(text: string): string {
  return text.replace(/\{(?=[{%#])/g, "{{ '{' }}");
}

/** Where the login user's home folder will be, in text made before anyone knows it. */
export const HOME_PLACEHOLDER = '/@HOME@';

/** The agent's folder with the placeholder for `~`. */
export function folderWithPlaceholder(folder: string): string {
  return folder.startsWith('~/') ? `${HOME_PLACEHOLDER}${folder.slice(1)}` : folder;
}

/** Text as a Jinja template that fills in each placeholder by an expression; the rest of the text stays as it is. */
export function jinjaTemplate(text: string, expressions: Readonly<Record<string, string>>): string {
  return Object.entries(expressions).reduce(
    (template, [placeholder, expression]) => template.replaceAll(placeholder, `{{ ${expression} }}`),
    jinjaText(text),
  );
}
