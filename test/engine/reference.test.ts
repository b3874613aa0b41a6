import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { conformance } from './conformance/suite.ts';

conformance(referenceEngine, { value: 1e-12, gradient: 1e-7, training: 1e-9 });
