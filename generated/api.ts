// Generated from spec/openscale-engine.yaml by `npm run generate`. Do not edit.

export interface paths {
  readonly '/v1/deployments': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Lists all deployments
     * @description Every deployment that can be scored, with its details. Clients send no parameters and do no paging.
     */
    readonly get: operations['listDeployments'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/deployments/{deployment_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Returns one deployment
     * @description An extension that IBM's contract does not have. Returns one entry of the list by its id.
     */
    readonly get: operations['getDeployment'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/deployments/{deployment_id}/online': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Makes an online prediction
     * @description Scores the rows of a table. Columns are found by name, in any order; the model ignores columns that it does
     *     not know. The response has the rows of the request in their order.
     *
     *     The body is either a table (`fields`, `values`) or an envelope of tables (`input_data`). A table is answered with
     *     a table, an envelope with as many `predictions`.
     */
    readonly post: operations['scoreDeployment'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/deployments/{deployment_id}/predictions': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Makes an online prediction and logs it
     * @description An extension that IBM's contract does not have, for applications. Bodies and answers are those of `online`, which OpenScale
     *     calls and which is never logged. When this operation answers 200, the request and its answer are on disk, and will be sent to
     *     the sinks that the operator has configured, such as OpenScale's payload data set; `meta` is sent with them.
     *
     *     A request may be repeated with the same `X-Scoring-Id`: it is scored again, and logged once.
     */
    readonly post: operations['scoreAndLog'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/deployments/{deployment_id}/feedback': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Logs rows with their labels
     * @description An extension that IBM's contract does not have. Takes rows whose label has become known: the columns of the deployment and
     *     its label column, in any order. When it answers 200, they are on disk, and will be sent to the sinks that the operator has
     *     configured, such as OpenScale's feedback data set.
     */
    readonly post: operations['logFeedback'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/metrics-providers/{name}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Computes the metrics of a custom monitor
     * @description An extension that IBM's contract of engines does not have. It is what OpenScale calls as a custom metrics provider (an
     *     integrated system of the type `custom_metrics_provider`), once per run of a custom monitor. The engine reads the records of
     *     the payload or the feedback data set, computes the metrics, posts them to OpenScale as measurements, and sets the state of
     *     the run to `finished`, or to `error` with the reason.
     *
     *     The answer comes at the end of the run, or, if that takes long, while it is still `running`: it then goes on, and OpenScale
     *     learns its end from the run itself. A run that ended in error is answered with 200 as well; other statuses say that
     *     OpenScale could not be told. A run may be repeated: it is evaluated once.
     */
    readonly post: operations['computeMetrics'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * @example {
     *       "count": 1,
     *       "resources": [
     *         {
     *           "metadata": {
     *             "guid": "iris",
     *             "url": "http://127.0.0.1:8080/v1/deployments/iris",
     *             "created_at": "2026-11-23T00:00:00.000Z",
     *             "modified_at": "2026-11-23T00:00:00.000Z",
     *             "version": "3f8a0c1d92be"
     *           },
     *           "entity": {
     *             "name": "Iris species",
     *             "description": "Predicts the species of an iris from four measurements of its flower.",
     *             "type": "online",
     *             "scoring_url": "http://127.0.0.1:8080/v1/deployments/iris/online",
     *             "scoring_endpoint": {
     *               "url": "http://127.0.0.1:8080/v1/deployments/iris/online"
     *             },
     *             "asset": {
     *               "guid": "iris",
     *               "asset_id": "iris",
     *               "name": "Iris species",
     *               "asset_type": "model",
     *               "url": "http://127.0.0.1:8080/v1/deployments/iris",
     *               "created_at": "2026-11-23T00:00:00.000Z"
     *             },
     *             "asset_properties": {
     *               "problem_type": "multiclass",
     *               "input_data_type": "structured",
     *               "label_column": "species",
     *               "feature_fields": [
     *                 "petal_length",
     *                 "petal_width"
     *               ],
     *               "categorical_fields": [],
     *               "prediction_field": "prediction",
     *               "prediction_probability_field": "probability",
     *               "labels": [
     *                 "setosa",
     *                 "versicolor",
     *                 "virginica"
     *               ]
     *             }
     *           }
     *         }
     *       ]
     *     }
     */
    readonly DeploymentList: {
      /** @description The number of resources. */
      readonly count: number;
      readonly resources: readonly components['schemas']['Deployment'][];
    };
    /**
     * @description One deployment. Clients read two shapes: A has `scoring_url` and `asset.guid`, B has `scoring_endpoint.url` and
     *     `asset.asset_id`. An engine must send one of each pair, and serves every client if it sends both. (The schema does
     *     not say so: generators of clients fail on alternatives beside properties.)
     * @example {
     *       "metadata": {
     *         "guid": "iris",
     *         "url": "http://127.0.0.1:8080/v1/deployments/iris",
     *         "created_at": "2026-11-23T00:00:00.000Z",
     *         "modified_at": "2026-11-23T00:00:00.000Z",
     *         "version": "3f8a0c1d92be"
     *       },
     *       "entity": {
     *         "name": "Iris species",
     *         "description": "Predicts the species of an iris from four measurements of its flower.",
     *         "type": "online",
     *         "scoring_url": "http://127.0.0.1:8080/v1/deployments/iris/online",
     *         "scoring_endpoint": {
     *           "url": "http://127.0.0.1:8080/v1/deployments/iris/online"
     *         },
     *         "asset": {
     *           "guid": "iris",
     *           "asset_id": "iris",
     *           "name": "Iris species",
     *           "asset_type": "model",
     *           "url": "http://127.0.0.1:8080/v1/deployments/iris",
     *           "created_at": "2026-11-23T00:00:00.000Z"
     *         },
     *         "asset_properties": {
     *           "problem_type": "multiclass",
     *           "input_data_type": "structured",
     *           "label_column": "species",
     *           "feature_fields": [
     *             "petal_length",
     *             "petal_width"
     *           ],
     *           "categorical_fields": [],
     *           "prediction_field": "prediction",
     *           "prediction_probability_field": "probability",
     *           "labels": [
     *             "setosa",
     *             "versicolor",
     *             "virginica"
     *           ]
     *         }
     *       }
     *     }
     */
    readonly Deployment: {
      readonly metadata: {
        /** @description The id of the deployment. */
        readonly guid: string;
        /**
         * Format: uri
         * @description The absolute URL of this resource.
         */
        readonly url?: string;
        /**
         * Format: date-time
         * @description Time of creation; ISO 8601, UTC.
         */
        readonly created_at: string;
        /**
         * Format: date-time
         * @description Time of the last change; ISO 8601, UTC.
         */
        readonly modified_at?: string;
        /** @description An extension that IBM's contract does not have. Changes whenever the deployment does, such as a hash of its files. */
        readonly version?: string;
      };
      readonly entity: {
        /** @description The display name. */
        readonly name: string;
        readonly description?: string;
        /**
         * @description How the deployment is scored.
         * @enum {string}
         */
        readonly type?: 'online';
        /** @description The state of the deployment, as early engines report it. */
        readonly status?: string;
        /**
         * Format: uri
         * @description The absolute scoring URL (shape A).
         */
        readonly scoring_url?: string;
        /** @description The same URL (shape B). */
        readonly scoring_endpoint?: {
          /** Format: uri */
          readonly url: string;
        };
        readonly asset: components['schemas']['Asset'];
        readonly asset_properties: components['schemas']['AssetProperties'];
      };
    };
    /** @description The deployed model. An engine without models of their own repeats the deployment's id. */
    readonly Asset: {
      /** @description The id of the model (shape A). */
      readonly guid?: string;
      /** @description The same id (shape B). */
      readonly asset_id?: string;
      readonly name: string;
      /** @enum {string} */
      readonly asset_type?: 'model';
      /** Format: uri */
      readonly url?: string;
      /** Format: date-time */
      readonly created_at?: string;
    };
    /** @description What OpenScale needs to know about the model. Always an object, possibly empty. */
    readonly AssetProperties: {
      /** @enum {string} */
      readonly problem_type?: 'binary' | 'multiclass' | 'regression';
      /** @enum {string} */
      readonly input_data_type?: 'structured' | 'unstructured_text' | 'unstructured_image';
      /** @description The column of the training data that is predicted. */
      readonly label_column?: string;
      /** @description The input columns of the model. */
      readonly feature_fields?: readonly string[];
      /** @description The features that are categorical. */
      readonly categorical_fields?: readonly string[];
      /** @description The result column with the prediction. */
      readonly prediction_field?: string;
      /** @description The result column with the decoded label. */
      readonly predicted_target_field?: string;
      /** @description The result column with the vector of probabilities. */
      readonly prediction_probability_field?: string;
      /** @description All result columns that hold probabilities. */
      readonly probability_fields?: readonly string[];
      /** @description The classes, in the order of the probability vectors. */
      readonly labels?: readonly unknown[];
      readonly model_type?: string;
      readonly runtime_environment?: string;
      readonly input_data_schema?: components['schemas']['SparkStruct'];
      readonly output_data_schema?: components['schemas']['SparkStruct'];
      readonly training_data_schema?: components['schemas']['SparkStruct'];
    };
    /** @description The schema of a table, in Apache Spark's JSON format. */
    readonly SparkStruct: {
      /** @enum {string} */
      readonly type: 'struct';
      readonly fields: readonly components['schemas']['SparkField'][];
    };
    readonly SparkField: {
      readonly name: string;
      /** @description string, integer, long, double, boolean, or an array of one of them. */
      readonly type: string | components['schemas']['SparkArray'];
      readonly nullable: boolean;
      readonly metadata?: {
        /** @enum {string} */
        readonly modeling_role?:
          'feature' | 'target' | 'prediction' | 'probability' | 'decoded-target' | 'record-id' | 'record-timestamp';
        /**
         * @description `discrete` marks categories.
         * @enum {string}
         */
        readonly measure?: 'discrete' | 'continuous';
      };
    };
    readonly SparkArray: {
      /** @enum {string} */
      readonly type: 'array';
      readonly elementType: string;
      readonly containsNull: boolean;
    };
    /**
     * @description A table, or an envelope of tables; not both.
     * @example {
     *       "fields": [
     *         "sepal_length",
     *         "sepal_width",
     *         "petal_length",
     *         "petal_width"
     *       ],
     *       "values": [
     *         [
     *           5.1,
     *           3.5,
     *           1.4,
     *           0.2
     *         ],
     *         [
     *           6.7,
     *           3,
     *           5.2,
     *           2.3
     *         ]
     *       ]
     *     }
     */
    readonly ScoringRequest: components['schemas']['ScoringTable'] | components['schemas']['ScoringEnvelope'];
    readonly ScoringTable: {
      /** @description The names of the columns, each once. */
      readonly fields: readonly string[];
      /** @description The rows; each has one cell per field, in the order of the fields. */
      readonly values: readonly (readonly unknown[])[];
      readonly meta?: components['schemas']['Meta'];
    };
    /**
     * @example {
     *       "input_data": [
     *         {
     *           "fields": [
     *             "sepal_length",
     *             "sepal_width",
     *             "petal_length",
     *             "petal_width"
     *           ],
     *           "values": [
     *             [
     *               5.1,
     *               3.5,
     *               1.4,
     *               0.2
     *             ]
     *           ]
     *         }
     *       ]
     *     }
     */
    readonly ScoringEnvelope: {
      readonly input_data: readonly components['schemas']['ScoringTable'][];
      readonly meta?: components['schemas']['Meta'];
    };
    /**
     * @description A table with the columns of the deployment and its label column.
     * @example {
     *       "fields": [
     *         "sepal_length",
     *         "sepal_width",
     *         "petal_length",
     *         "petal_width",
     *         "species"
     *       ],
     *       "values": [
     *         [
     *           5.1,
     *           3.5,
     *           1.4,
     *           0.2,
     *           "setosa"
     *         ],
     *         [
     *           6.7,
     *           3,
     *           5.2,
     *           2.3,
     *           "virginica"
     *         ]
     *       ]
     *     }
     */
    readonly FeedbackRequest: {
      /** @description The names of the columns, each once. */
      readonly fields: readonly string[];
      /** @description The rows; each has one cell per field, in the order of the fields. */
      readonly values: readonly (readonly unknown[])[];
      readonly meta?: components['schemas']['Meta'];
    };
    /**
     * @example {
     *       "scoring_id": "7d0f9a52-8a2c-4a53-9a9b-0d3c1f3c7a11",
     *       "rows": 2
     *     }
     */
    readonly FeedbackReceipt: {
      /** @description The id under which the rows were logged. */
      readonly scoring_id: string;
      /** @description The number of rows. */
      readonly rows: number;
    };
    /**
     * @example {
     *       "input_data": [
     *         {
     *           "values": {
     *             "data_mart_id": "00000000-0000-0000-0000-000000000000",
     *             "subscription_id": "0b7a2c4e-6f0c-4a55-8d0a-3f6b1d3d9a01",
     *             "custom_monitor_id": "data_quality",
     *             "custom_monitor_instance_id": "0b7a2c4e-6f0c-4a55-8d0a-3f6b1d3d9a02",
     *             "custom_monitor_run_id": "0b7a2c4e-6f0c-4a55-8d0a-3f6b1d3d9a03",
     *             "custom_monitor_instance_params": {
     *               "custom_metrics_wait_time": 60
     *             },
     *             "payload_dataset_id": "0b7a2c4e-6f0c-4a55-8d0a-3f6b1d3d9a04"
     *           }
     *         }
     *       ]
     *     }
     */
    readonly MetricsRequest: {
      readonly input_data: readonly components['schemas']['MetricsInput'][];
    };
    readonly MetricsInput: {
      readonly values: components['schemas']['MetricsRunRequest'];
    };
    /** @description A run of a custom monitor, what it is of, and the parameters of the monitor instance. All ids are OpenScale's. */
    readonly MetricsRunRequest: {
      readonly data_mart_id: string;
      readonly subscription_id: string;
      readonly custom_monitor_id: string;
      readonly custom_monitor_instance_id: string;
      readonly custom_monitor_run_id: string;
      /** @description The parameters of the provider, and those of OpenScale, which are ignored. */
      readonly custom_monitor_instance_params?: Record<string, never> | null;
      readonly payload_dataset_id?: string | null;
      readonly feedback_dataset_id?: string | null;
    };
    /**
     * @example {
     *       "predictions": [
     *         {
     *           "values": [
     *             {
     *               "run_id": "0b7a2c4e-6f0c-4a55-8d0a-3f6b1d3d9a03",
     *               "state": "finished",
     *               "records": 1200,
     *               "measurements": 5
     *             }
     *           ]
     *         }
     *       ]
     *     }
     */
    readonly MetricsResponse: {
      readonly predictions: readonly components['schemas']['MetricsOutput'][];
    };
    readonly MetricsOutput: {
      readonly values: readonly components['schemas']['MetricsRun'][];
    };
    readonly MetricsRun: {
      /** @description The id of the run. */
      readonly run_id: string;
      /**
       * @description The state of the run at OpenScale.
       * @enum {string}
       */
      readonly state: 'finished' | 'error' | 'running';
      /** @description Why it ended in error. */
      readonly message?: string;
      /** @description The number of records that were evaluated. */
      readonly records?: number;
      /** @description The number of groups of metrics that were posted. */
      readonly measurements?: number;
    };
    /**
     * @description Attributes that are not features, one row per row of the table; never passed to the model. Those of a table come
     *     back in the response like its columns; those of an envelope are ignored.
     */
    readonly Meta: {
      readonly fields?: readonly string[];
      readonly values?: readonly (readonly unknown[])[];
    };
    /**
     * @description A table for a table, an envelope for an envelope.
     * @example {
     *       "fields": [
     *         "sepal_length",
     *         "sepal_width",
     *         "petal_length",
     *         "petal_width",
     *         "prediction",
     *         "probability"
     *       ],
     *       "values": [
     *         [
     *           5.1,
     *           3.5,
     *           1.4,
     *           0.2,
     *           "setosa",
     *           [
     *             1,
     *             0,
     *             0
     *           ]
     *         ],
     *         [
     *           6.7,
     *           3,
     *           5.2,
     *           2.3,
     *           "virginica",
     *           [
     *             0,
     *             0,
     *             1
     *           ]
     *         ]
     *       ],
     *       "labels": [
     *         "setosa",
     *         "versicolor",
     *         "virginica"
     *       ]
     *     }
     */
    readonly ScoringResponse: components['schemas']['ScoredTable'] | components['schemas']['ScoredEnvelope'];
    readonly ScoredTable: {
      /** @description The columns of the table and of its `meta`, unless the deployment does not echo them, and the result columns. */
      readonly fields: readonly string[];
      /** @description The rows, in the number and order of the request. */
      readonly values: readonly (readonly unknown[])[];
      /** @description The classes, in the order of the probability vectors. */
      readonly labels?: readonly unknown[];
    };
    readonly ScoredEnvelope: {
      /** @description One scored table per entry of `input_data`, in the same order. */
      readonly predictions: readonly components['schemas']['ScoredTable'][];
    };
    /** @description The error container, the same for every status and route. */
    readonly Errors: {
      /** @description The id of the request. */
      readonly trace: string;
      readonly errors: readonly components['schemas']['Error'][];
    };
    readonly Error: {
      /** @description Identifies the kind of error, for programs. */
      readonly code: string;
      /** @description Describes the error, for people. */
      readonly message: string;
      /**
       * Format: uri
       * @description A page with more information.
       */
      readonly more_info?: string;
      /** @description The part of the request at fault. */
      readonly target?: {
        /** @enum {string} */
        readonly type: 'field' | 'parameter' | 'header';
        readonly name: string;
      };
    };
  };
  responses: {
    /** @description The request is malformed; the error names the place and what was expected. */
    readonly BadRequest: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description Credentials are missing or wrong. */
    readonly Unauthorized: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        /** @description The required scheme, `Basic`, and its realm. */
        readonly 'WWW-Authenticate'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description No deployment has this id, or its requests are not logged; or no metrics provider has this name. */
    readonly NotFound: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The path does not support this method; `Allow` lists the methods it supports. */
    readonly MethodNotAllowed: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        /** @description The methods of the path, separated by commas. */
        readonly Allow?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The body did not arrive in time. */
    readonly RequestTimeout: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The body is larger, or has more rows, than this engine accepts. */
    readonly ContentTooLarge: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The body is not JSON, or is compressed with an unsupported encoding. */
    readonly UnsupportedMediaType: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The engine or the model failed. The engine's log has the cause under the id of the request. */
    readonly InternalError: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The system that serves this deployment failed, or sent an unusable reply. The log has the cause. */
    readonly BadGateway: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The system that serves this deployment did not answer in time. */
    readonly GatewayTimeout: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
    /**
     * @description The engine, or the system that serves this deployment, is busy, stopping or unreachable; the request can be
     *     retried.
     */
    readonly Unavailable: {
      headers: {
        /** @description The id of the request. */
        readonly 'X-Request-Id'?: string;
        /** @description The number of seconds to wait before the next attempt. */
        readonly 'Retry-After'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Errors'];
      };
    };
  };
  parameters: {
    /**
     * @description The name of a provider in the settings of the engine.
     * @example data-quality
     */
    readonly MetricsProviderName: string;
    /**
     * @description The id under which the request is logged, chosen by the caller, so that it can be repeated without being logged twice; a new
     *     one by default. Unique per deployment.
     * @example 7d0f9a52-8a2c-4a53-9a9b-0d3c1f3c7a11
     */
    readonly ScoringId: string;
    /**
     * @description Who uses the application, logged with the request. OpenScale's model health counts users.
     * @example agent-47
     */
    readonly UserId: string;
    /**
     * @description The `guid` of the deployment, as listed by discovery.
     * @example iris
     */
    readonly DeploymentId: string;
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly listDeployments: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The deployments. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['DeploymentList'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 500: components['responses']['InternalError'];
      readonly 503: components['responses']['Unavailable'];
    };
  };
  readonly getDeployment: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /**
         * @description The `guid` of the deployment, as listed by discovery.
         * @example iris
         */
        readonly deployment_id: components['parameters']['DeploymentId'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The deployment. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Deployment'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 404: components['responses']['NotFound'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 500: components['responses']['InternalError'];
      readonly 503: components['responses']['Unavailable'];
    };
  };
  readonly scoreDeployment: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /**
         * @description The `guid` of the deployment, as listed by discovery.
         * @example iris
         */
        readonly deployment_id: components['parameters']['DeploymentId'];
      };
      readonly cookie?: never;
    };
    /** @description The input data */
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ScoringRequest'];
      };
    };
    readonly responses: {
      /** @description The scores. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          /** @description The version of the deployment that has scored. */
          readonly 'X-Deployment-Version'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ScoringResponse'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 404: components['responses']['NotFound'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 408: components['responses']['RequestTimeout'];
      readonly 413: components['responses']['ContentTooLarge'];
      readonly 415: components['responses']['UnsupportedMediaType'];
      readonly 500: components['responses']['InternalError'];
      readonly 502: components['responses']['BadGateway'];
      readonly 503: components['responses']['Unavailable'];
      readonly 504: components['responses']['GatewayTimeout'];
    };
  };
  readonly scoreAndLog: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * @description The id under which the request is logged, chosen by the caller, so that it can be repeated without being logged twice; a new
         *     one by default. Unique per deployment.
         * @example 7d0f9a52-8a2c-4a53-9a9b-0d3c1f3c7a11
         */
        readonly 'X-Scoring-Id'?: components['parameters']['ScoringId'];
        /**
         * @description Who uses the application, logged with the request. OpenScale's model health counts users.
         * @example agent-47
         */
        readonly 'X-User-Id'?: components['parameters']['UserId'];
      };
      readonly path: {
        /**
         * @description The `guid` of the deployment, as listed by discovery.
         * @example iris
         */
        readonly deployment_id: components['parameters']['DeploymentId'];
      };
      readonly cookie?: never;
    };
    /** @description The input data, which is logged with its scores */
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ScoringRequest'];
      };
    };
    readonly responses: {
      /** @description The scores. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          /** @description The version of the deployment that has scored. */
          readonly 'X-Deployment-Version'?: string;
          /** @description The id under which the request was logged. */
          readonly 'X-Scoring-Id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ScoringResponse'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 404: components['responses']['NotFound'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 408: components['responses']['RequestTimeout'];
      readonly 413: components['responses']['ContentTooLarge'];
      readonly 415: components['responses']['UnsupportedMediaType'];
      readonly 500: components['responses']['InternalError'];
      readonly 502: components['responses']['BadGateway'];
      readonly 503: components['responses']['Unavailable'];
      readonly 504: components['responses']['GatewayTimeout'];
    };
  };
  readonly logFeedback: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * @description The id under which the request is logged, chosen by the caller, so that it can be repeated without being logged twice; a new
         *     one by default. Unique per deployment.
         * @example 7d0f9a52-8a2c-4a53-9a9b-0d3c1f3c7a11
         */
        readonly 'X-Scoring-Id'?: components['parameters']['ScoringId'];
        /**
         * @description Who uses the application, logged with the request. OpenScale's model health counts users.
         * @example agent-47
         */
        readonly 'X-User-Id'?: components['parameters']['UserId'];
      };
      readonly path: {
        /**
         * @description The `guid` of the deployment, as listed by discovery.
         * @example iris
         */
        readonly deployment_id: components['parameters']['DeploymentId'];
      };
      readonly cookie?: never;
    };
    /** @description The rows */
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['FeedbackRequest'];
      };
    };
    readonly responses: {
      /** @description The rows have been logged. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          /** @description The id under which the rows were logged. */
          readonly 'X-Scoring-Id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['FeedbackReceipt'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 404: components['responses']['NotFound'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 408: components['responses']['RequestTimeout'];
      readonly 413: components['responses']['ContentTooLarge'];
      readonly 415: components['responses']['UnsupportedMediaType'];
      readonly 500: components['responses']['InternalError'];
      readonly 503: components['responses']['Unavailable'];
    };
  };
  readonly computeMetrics: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /**
         * @description The name of a provider in the settings of the engine.
         * @example data-quality
         */
        readonly name: components['parameters']['MetricsProviderName'];
      };
      readonly cookie?: never;
    };
    /** @description The run of a custom monitor, as OpenScale sends it */
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['MetricsRequest'];
      };
    };
    readonly responses: {
      /** @description How far the run is. */
      readonly 200: {
        headers: {
          /** @description The id of the request. */
          readonly 'X-Request-Id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['MetricsResponse'];
        };
      };
      readonly 400: components['responses']['BadRequest'];
      readonly 401: components['responses']['Unauthorized'];
      readonly 404: components['responses']['NotFound'];
      readonly 405: components['responses']['MethodNotAllowed'];
      readonly 408: components['responses']['RequestTimeout'];
      readonly 413: components['responses']['ContentTooLarge'];
      readonly 415: components['responses']['UnsupportedMediaType'];
      readonly 500: components['responses']['InternalError'];
      readonly 502: components['responses']['BadGateway'];
      readonly 503: components['responses']['Unavailable'];
      readonly 504: components['responses']['GatewayTimeout'];
    };
  };
}
