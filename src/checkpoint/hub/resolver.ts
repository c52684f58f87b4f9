/**
 * Gives the path of a local file for a file of a hub repository: `path` is relative to the repository's root, with
 * forward slashes; `revision` is a branch, a tag or a commit, `main` where nothing is said. The file lies in the
 * Hugging Face cache and is not to be written. Errors: `file-missing` with the command that fetches it.
 */
export type HubResolver = (repo: string, revision: string, path: string) => Promise<string>;
