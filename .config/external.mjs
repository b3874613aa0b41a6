/** Packages that the build leaves out: code for one machine alone, and what a user may install or not. */
export const external = ['onnxruntime-node', '@resvg/resvg-js', '@tensorflow/*', 'react-devtools-core'];
