/** Types of what concurrent code takes from the standard library: results of functions and methods, and fields. */
import { namedType, type Type } from '../source/types';

/** Results of functions of the standard library that concurrent code is made of. */
export const RESULTS: Readonly<Record<string, readonly Type[]>> = {
  'context.WithCancel': [namedType('context.Context'), namedType('context.CancelFunc')],
  'context.WithTimeout': [namedType('context.Context'), namedType('context.CancelFunc')],
  'context.WithDeadline': [namedType('context.Context'), namedType('context.CancelFunc')],
  'context.WithCancelCause': [namedType('context.Context'), namedType('context.CancelCauseFunc')],
  'context.WithValue': [namedType('context.Context')],
  'context.WithoutCancel': [namedType('context.Context')],
  'context.Background': [namedType('context.Context')],
  'context.TODO': [namedType('context.Context')],
  'sync.NewCond': [{ kind: 'pointer', to: namedType('sync.Cond') }],
  'time.NewTicker': [{ kind: 'pointer', to: namedType('time.Ticker') }],
  'time.NewTimer': [{ kind: 'pointer', to: namedType('time.Timer') }],
  'time.AfterFunc': [{ kind: 'pointer', to: namedType('time.Timer') }],
  'time.After': [{ kind: 'channel', element: namedType('time.Time'), direction: 'receive' }],
  'time.Tick': [{ kind: 'channel', element: namedType('time.Time'), direction: 'receive' }],
  'golang.org/x/sync/errgroup.WithContext': [
    { kind: 'pointer', to: namedType('golang.org/x/sync/errgroup.Group') },
    namedType('context.Context'),
  ],
};

export const METHODS: Readonly<Record<string, Type>> = {
  'context.Context.Done': { kind: 'channel', element: { kind: 'struct', fields: new Map() }, direction: 'receive' },
};

/** Fields of types of the standard library. */
export const FIELDS: Readonly<Record<string, Type>> = {
  'time.Ticker.C': { kind: 'channel', element: namedType('time.Time'), direction: 'receive' },
  'time.Timer.C': { kind: 'channel', element: namedType('time.Time'), direction: 'receive' },
  'sync.Cond.L': namedType('sync.Locker'),
};
