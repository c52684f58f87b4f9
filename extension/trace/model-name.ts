/** What to call a model by the folder (or hub id) that it was chosen by: the last part that says something. */
export function modelName(choice: string): string {
  const parts = choice.split(/[\\/]+/).filter(part => part !== '');
  // Folders of the Hugging Face cache: models--owner--name/snapshots/<commit>.
  const cached = parts.find(part => part.startsWith('models--'));
  if (cached !== undefined) return cached.split('--').slice(2).join('--') || cached;
  const last = parts.at(-1) ?? choice;
  return last === 'model' && parts.length > 1 ? parts[parts.length - 2] : last;
}
