/**
 * Anything with a JSON interface: Ray Serve, BentoML, FastAPI. What is sent and what is read are expressions of JSONata
 * (https://docs.jsonata.org), of which JSON itself is a part: so a request is written as the JSON that it becomes.
 */
import jsonata from 'jsonata';
import { z } from 'zod';
import { DeploymentError } from '../../deployment-error.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildCells } from '../cells.ts';
import { readRows } from '../read-rows.ts';
import { ReplyError } from '../target-error.ts';

