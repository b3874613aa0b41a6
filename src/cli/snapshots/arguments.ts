/** Forms in which a snapshot can be written for other programs. */
export const exportFormats = ['onnx', 'csv', 'npz', 'json'] as const;

export interface FolderArguments {
  /** Folder that holds run folders. */
  dir: string | undefined;
}

export interface ListArguments extends FolderArguments {
  run: string | undefined;
  json: boolean;
}

export interface FileArguments extends FolderArguments {
  file: string;
}

export interface VerifyArguments extends FolderArguments {
  files: string[];
}

export interface ExportArguments extends FileArguments {
  to: (typeof exportFormats)[number];
  out: string | undefined;
}
