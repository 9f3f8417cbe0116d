/** The first page of a folder's round, below the version root. */
export const deltaPath = (folder: string, select: string): string =>
  `/me/mailFolders/${folder}/messages/delta?$select=${select}&$orderby=receivedDateTime%20desc`;
