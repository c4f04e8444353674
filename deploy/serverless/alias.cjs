'use strict';

/** The alias that load balancer and API invoke: it names the version that the same stack published. */
class Alias {
  constructor(serverless) {
    const name = 'live';
    const { service } = serverless;
    const functions = () => service.getAllFunctions().map((key) => [key, service.getFunction(key)]);
    const logicalId = (key) => `${serverless.getProvider('aws').naming.getNormalizedFunctionName(key)}Alias`;

    this.hooks = {
      // osls points each event at a function's `targetAlias`, and sets it for provisioned concurrency only.
      'before:package:compileFunctions': () => {
        for (const [key, definition] of functions()) {
          definition.targetAlias = { name, logicalId: logicalId(key) };
        }
      },
      'after:package:compileFunctions': () => {
        const template = service.provider.compiledCloudFormationTemplate;
        for (const [key, definition] of functions()) {
          const FunctionName = { Ref: serverless.getProvider('aws').naming.getLambdaLogicalId(key) };
          const FunctionVersion = { 'Fn::GetAtt': [definition.versionLogicalId, 'Version'] };
          template.Resources[logicalId(key)] = {
            Type: 'AWS::Lambda::Alias',
            Properties: { FunctionName, FunctionVersion, Name: name },
          };
        }
      },
    };
  }
}

module.exports = Alias;
