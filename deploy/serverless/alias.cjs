'use strict';

/**
 * Two aliases. `live` is what load balancer and API invoke: CodeDeploy moves it to the newest version, unless the
 * parameter LiveVersion keeps it where it is. `next` is the newest version at once, behind the test listener.
 */
class Alias {
  constructor(serverless) {
    const { service } = serverless;
    const naming = () => serverless.getProvider('aws').naming;
    const functions = () => service.getAllFunctions().map((key) => [key, service.getFunction(key)]);
    const logicalId = (key) => `${naming().getNormalizedFunctionName(key)}Alias`;

    this.hooks = {
      // osls points each event at a function's `targetAlias`, and sets it for provisioned concurrency only.
      'before:package:compileFunctions': () => {
        for (const [key, definition] of functions()) {
          definition.targetAlias = { name: 'live', logicalId: logicalId(key) };
        }
      },
      'after:package:compileFunctions': () => {
        const template = service.provider.compiledCloudFormationTemplate;
        for (const [key, definition] of functions()) {
          const FunctionName = { Ref: naming().getLambdaLogicalId(key) };
          const newest = { 'Fn::GetAtt': [definition.versionLogicalId, 'Version'] };
          const FunctionVersion = { 'Fn::If': ['KeepsLive', { Ref: 'LiveVersion' }, newest] };
          template.Resources[logicalId(key)] = {
            Type: 'AWS::Lambda::Alias',
            // What the verification goes through has to lead to the newest version before CodeDeploy starts it.
            DependsOn: ['TestRule', 'DeploymentGroup'],
            Properties: { FunctionName, FunctionVersion, Name: 'live' },
            UpdatePolicy: {
              CodeDeployLambdaAliasUpdate: {
                ApplicationName: { Ref: 'Application' },
                DeploymentGroupName: { Ref: 'DeploymentGroup' },
                BeforeAllowTrafficHook: { Ref: 'VerifyFunction' },
              },
            },
          };
          template.Resources.NextAlias = {
            Type: 'AWS::Lambda::Alias',
            Properties: { FunctionName, FunctionVersion: newest, Name: 'next' },
          };
          template.Outputs.LiveVersion = { Description: 'The version of clients', Value: FunctionVersion };
          template.Outputs.NewestVersion = { Description: 'The newest version', Value: newest };
        }
      },
    };
  }
}

module.exports = Alias;
