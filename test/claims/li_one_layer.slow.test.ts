import { learnsFromMatchingContexts } from './li_one_layer.ts';

learnsFromMatchingContexts([3, 4, 5, 6]);
